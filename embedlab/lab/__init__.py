"""The library: `Lab` trains, maps and evaluates in this process, for the command line and Python."""

from embedlab.lab.lab import Lab

__all__ = ["Lab"]
