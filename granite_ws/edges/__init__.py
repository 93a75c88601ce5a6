"""Hands: the rooms that touch the world. They write down and fetch; they judge nothing."""
