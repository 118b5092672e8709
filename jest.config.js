const swc = (syntax) => [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax, decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  },
];

// NestJS 12, aedes and some of what they use are ES modules only; jest runs the tests as CommonJS, so swc rewrites these.
const esmOnly =
  '@nestjs|file-type|strtok3|token-types|uint8array-extras|@tokenizer|@borewit|es-toolkit|aedes[a-z-]*|mqemitter|qlobber|fastparallel|js-yaml|@unni-craftsman';

// A global is looked up through a proxy in what jest runs: a sixth of the time of specs that do nothing but reckon. Not where readable-stream is
// loaded, which has names of its own for some of these.
const RECKONING = {
  sandboxInjectedGlobals: 'Array Date Error JSON Map Math Number Object Promise RegExp Set String Symbol TypeError WeakMap'.split(' '),
};

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  ...more,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': swc('typescript'), '^.+\\.m?js$': swc('ecmascript') },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`],
  setupFiles: ['reflect-metadata'],
  moduleNameMapper: { '^@varde/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
});

export default {
  // One more than the two cores this is run on: much of the time is waiting, for the database and for clocks.
  maxWorkers: 3,
  testSequencer: '<rootDir>/jest.sequencer.js',
  // A database is prepared and started in beforeAll; on a loaded machine that takes longer than the default.
  testTimeout: 60_000,
  projects: [
    project('pure', ['<rootDir>/libs/**/*.spec.ts', '!**/*.db.spec.ts'], RECKONING),
    project('pure', [
      '<rootDir>/apps/**/*.spec.ts',
      '<rootDir>/devices/**/*.spec.ts',
      '<rootDir>/test/*.spec.ts',
      '!**/*.db.spec.ts',
      '!**/*.e2e.spec.ts',
    ]),
    project('database', ['<rootDir>/libs/**/*.db.spec.ts', '<rootDir>/apps/**/*.db.spec.ts']),
    project('whole-way', ['<rootDir>/test/*.e2e.spec.ts', '<rootDir>/apps/**/*.e2e.spec.ts']),
    project('drills', ['<rootDir>/test/drills/*.drill.ts']),
    project('external', ['<rootDir>/test/external/*.spec.ts']),
    project('browser', ['<rootDir>/test/browser/*.spec.ts']),
  ],
};
