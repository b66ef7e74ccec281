"""The tests: a file for each subject."""
