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
    error(
      'rooms-of-the-service-never-meet',
      { path: '^apps/varde/src/(broker|ingest|watch|triage|fhir|blindness)/', pathNot: SPEC },
      { path: '^apps/varde/src/(broker|ingest|watch|triage|fhir|blindness)/', pathNot: '^apps/varde/src/$1/' },
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
