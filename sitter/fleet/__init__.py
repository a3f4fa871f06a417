"""Who trains: worker.py claims, trains and reports; local.py starts processes on this machine."""
