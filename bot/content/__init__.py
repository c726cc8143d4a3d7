"""Article files become domain values here; nothing below knows that there are files."""
