// Keeps the newest message of each part under the name of its map, and tells the map if it is there.
// Whichever mount comes first, the map starts when all parts have come.
function receive(data) {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const place = ((window.__paserMaps ??= {})[header.map] ??= { parts: {}, views: {}, isolated: new Set(), lines: new Map() });
  place.parts[header.part] = { header, data, start: 4 + length };
  place.map?.take(header.part);
  return place;
}
