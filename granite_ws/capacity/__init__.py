"""Internet scale on paper: who drops, how they come back, and what that asks of the servers.

    Plan + ServerCost --storm.simulate--> Storm --bill.servers_needed, bill--> Bill

What a reader may want to change is a ``Plan``; what was measured is a ``ServerCost``.
"""
