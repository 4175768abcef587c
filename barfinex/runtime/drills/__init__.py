"""Drills: the system's promises tried out for real, in processes of their own."""
