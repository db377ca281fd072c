// The text of one point; the map asks for another when somebody points at it.
export default ({ data, setStateValue }) => {
  receive(data).ask = (row) => setStateValue("asked", { row, asks: Date.now() });
};
