"""The only package that touches ``st.session_state`` and the query string: typed accessors for both.

What a page must remember lives here under one key each. The knobs are bound to the URL by the
widgets themselves (``bind="query-params"``), so that a copied address shows the same view.
"""
