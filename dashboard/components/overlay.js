// Hands the bits of the points that stand out to the map of the same name, whichever comes first.
export default function (component) {
  const { data } = component;
  const maps = (window.__paserMaps ??= {});
  const entry = (maps[data.name] ??= {});
  entry.bits = data.bits;
  entry.apply?.();
}
