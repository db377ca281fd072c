"""What several pages share: tables, search, the sample, the side bar and the top of every page."""
