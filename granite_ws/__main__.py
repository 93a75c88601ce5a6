"""``python -m granite_ws`` is ``granite-ws``."""

from granite_ws.cli import main

main()
