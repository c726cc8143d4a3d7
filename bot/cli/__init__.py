"""The command line: each command parses, calls, prints. Imports only what the command needs."""
