"""Our own Streamlit components: plain WebGL and DOM, no dependency, no network."""
