"""One function for each e-mail that the association sends about companies: `application` …"""
