// Which points stand out. Layers are drawn in this order, so what matters lies on top.
const MUTED = 0, BRIGHT = 1, FOUND = 2, NOWHERE = 255;

// `state.bright` and `state.found` are bits, `state.lassoed` bytes; null stands for all, none and all.
// `state.shown` has a byte per colour. Returns each point's layer, and all points in drawing order.
function layersOf(view, { bright, found, lassoed, colors, shown }) {
  const { n } = view;
  const layer = new Uint8Array(n), counts = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    if (!view.placed(i)) { layer[i] = NOWHERE; continue; }
    const hit = found && (found[i >> 3] >> (i & 7)) & 1;
    const stands = (!bright || (bright[i >> 3] >> (i & 7)) & 1) && (!lassoed || lassoed[i]);
    layer[i] = !shown[colors[i]] ? MUTED : hit ? FOUND : stands ? BRIGHT : MUTED;
    counts[layer[i]]++;
  }
  const next = [0, counts[0], counts[0] + counts[1]];
  const order = new Uint32Array(counts[0] + counts[1] + counts[2]);
  for (let i = 0; i < n; i++) if (layer[i] !== NOWHERE) order[next[layer[i]]++] = i;
  return { layer, counts, order };
}
