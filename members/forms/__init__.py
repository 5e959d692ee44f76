"""The forms of companies: `application` of those that apply, `company` of what is kept of them."""
