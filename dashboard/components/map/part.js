export default ({ data }) => { receive(data); };
