"""The library: `Lab` does the whole path in this process; the command line and five lines of Python use it."""

from embedlab.lab.lab import Lab

__all__ = ["Lab"]
