"""The verdict as pictures and pages: text in, text out, no disk."""
