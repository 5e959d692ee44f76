"""What the secretary fills in about mail: `wording` (standing letters), `paper` (letters to post)."""
