"""The demo: the seeds with their dates moved, a small town of chats, and stories that appear."""
