"""Gazette: turns a folder of article files into a Telegram publication."""

__version__ = "0.1.0"
