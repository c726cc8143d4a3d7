"""What Gazette is about, as plain values and pure decisions: no I/O, no await, no library."""
