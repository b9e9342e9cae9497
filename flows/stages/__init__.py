"""What each stage does: records of the stages before in, files out."""
