// Which room may know which. The build fails on a breach.
const ladder = {
  vitals: [],
  wire: ['vitals'],
  plans: ['vitals'],
  rules: ['vitals', 'plans'],
  alerts: ['vitals', 'plans', 'rules'],
  routing: ['vitals', 'plans', 'rules', 'alerts'],
  look: ['vitals', 'plans', 'rules', 'alerts', 'routing'],
  store: ['vitals', 'plans', 'rules', 'alerts', 'routing', 'look'],
};
// Folders of the service. Of the rooms none knows another, and nobody knows the command line: it is a way in of its own, which calls on what it
// must do without the service. The last five are no rooms: what several rooms do in the same way. Files beside the folders put all together.
const rooms = {
  broker: ['homes'],
  ingest: ['homes'],
  watch: ['sending'],
  triage: ['sending', 'preview', 'explanation', 'entering'],
  blindness: ['sending'],
  templates: [],
  demo: [],
  cli: ['ingest', 'blindness', 'templates', 'sending', 'preview', 'explanation', 'entering'],
  homes: [],
  sending: [],
  preview: [],
  explanation: [],
  entering: [],
};
const PURE = '^libs/(vitals|plans|rules|alerts|routing|look)/';
const SPEC = '[.](spec|drill)[.]ts$';
const error = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    error('no-cycles', {}, { circular: true }),
    ...Object.entries(ladder).map(([lib, may]) =>
      error(
        `libs-${lib}`,
        { path: `^libs/${lib}/`, pathNot: SPEC },
        { path: '^(libs|apps|devices|test)/', pathNot: `^libs/(${[lib, ...may].join('|')})/` },
      ),
    ),
    error(
      'pure-libs-import-no-package',
      { path: PURE, pathNot: SPEC },
      { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'core'] },
    ),
    ...Object.entries(rooms).map(([room, may]) =>
      error(
        `room-${room}`,
        { path: `^apps/varde/src/${room}/`, pathNot: SPEC },
        { path: '^apps/varde/src/[^/]+/', pathNot: `^apps/varde/src/(${[room, ...may].join('|')})/` },
      ),
    ),
    error(
      'templates-know-only-libraries',
      { path: '^apps/varde/src/templates/', pathNot: SPEC },
      { path: '^apps/', pathNot: '^apps/varde/src/templates/' },
    ),
    error('devices-know-only-the-wire', { path: '^devices/', pathNot: SPEC }, { path: '^(apps|libs)/', pathNot: '^libs/(wire|vitals)/' }),
    error('service-knows-no-test', { path: '^(apps|libs|devices)/', pathNot: SPEC }, { path: '^test/' }),
    error(
      'libs-by-the-front-door',
      { path: '^(apps|libs|devices|test)/([^/]+)/' },
      { path: '^libs/([^/]+)/', pathNot: ['^libs/$2/', '^libs/[^/]+/src/index[.]ts$'] },
    ),
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' } },
};
