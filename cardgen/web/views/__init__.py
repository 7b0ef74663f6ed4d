"""The pages: a request in, an answer out. Each calls one function of cardgen and shows the result.

Every view says for whom it is, and asks with the scope of the account (`cardgen.web.access`).
"""
