// Loaded into a process of the service before anything else: its wall clock is the machine's and as many milliseconds as the file
// VARDE_DRILL_CLOCK says, read again all the time. Timers go on by the steady clock, as when somebody sets the clock of a real machine.
const { readFileSync } = require('node:fs');

const MachineDate = Date;
let aheadMs = 0;
function read() {
  const text = readFileSync(process.env.VARDE_DRILL_CLOCK, 'utf8');
  if (text !== '') aheadMs = Number(text);
}
read();
setInterval(read, 10).unref();

const now = () => MachineDate.now() + aheadMs;
globalThis.Date = new Proxy(MachineDate, {
  construct: (target, values) => (values.length === 0 ? new target(now()) : new target(...values)),
  apply: () => new MachineDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : target[name]),
});
