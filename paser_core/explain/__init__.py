"""Why a selection is as it is: what if, the concept graph, finding samples. Views of finished things."""
