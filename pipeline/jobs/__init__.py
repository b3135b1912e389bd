"""One verb a file: the stages wired together."""
