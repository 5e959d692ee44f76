"""What the secretary fills in about mail: words of standing letters; letters to post."""
