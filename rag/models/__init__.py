"""Models that write and judge: how they are named, opened, guarded against failure and run in this process."""
