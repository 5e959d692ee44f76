"""The forms of companies: `application` of those that apply."""
