import { isObject, parseJson, type JsonObject } from './json.js';

// Names of fields that may carry who the patient is, lower case without separators. A device's data never need any of them.
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...[
    'name',
    'patient',
    'patientid',
    'patientname',
    'firstname',
    'lastname',
    'middlename',
    'fullname',
    'givenname',
    'familyname',
    'surname',
  ],
  ...[
    'birthdate',
    'dateofbirth',
    'dob',
    'birthday',
    'ssn',
    'nationalid',
    'nationalidentitynumber',
    'citizenid',
    'citizennumber',
    'personid',
  ],
  ...['subject'],
  ...['navn', 'fornavn', 'mellomnavn', 'etternavn', 'pasient', 'pasientnavn', 'pasientid', 'fødselsdato', 'fodselsdato'],
  ...['fødselsnummer', 'fodselsnummer', 'personnummer', 'dnummer', 'fnr', 'dnr'],
]);

// The names of the contract, so that an ordinary message costs one look-up a field.
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'schema',
    'messageId',
    'sentAt',
    'gateway',
    'device',
    'readings',
    'frames',
    'fw',
    'clock',
    'synced',
    'source',
    'lastSync',
    'id',
    'idType',
  ],
  ...['kind', 'manufacturer', 'model', 'serial', 'batteryPercent', 'reading', 'readAt', 'setByGateway', 'notSet', 'key', 'deviceTime'],
  ...[
    'gatewayTime',
    'stored',
    'userSlot',
    'measurements',
    'type',
    'value',
    'unit',
    'absent',
    'quality',
    'flags',
    'context',
    'raw',
    'format',
  ],
  ...['characteristic', 'serviceDataUuid', 'hex', 'posture', 'site'],
]);

function isForbidden(name: string): boolean {
  return !KNOWN.has(name) && FORBIDDEN.has(name.toLowerCase().replaceAll(/[-_ .]/g, ''));
}

const FIRST_CONTROL = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND_CONTROL = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

function controlDigit(text: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, at) => total + weight * (text.charCodeAt(at) - 48), 0);
  return (11 - (sum % 11)) % 11;
}

/** Whether a text is a Norwegian national identity number or D-number: eleven digits with both control digits right. */
export function isNationalId(text: string): boolean {
  if (!/^[0-7]\d[0-9]\d{8}$/.test(text)) return false;
  return controlDigit(text, FIRST_CONTROL) === Number(text[9]) && controlDigit(text, SECOND_CONTROL) === Number(text[10]);
}

const LIKE_NATIONAL_ID = /\b\d{6}\s?\d{5}\b/g;
/** Of ten digits: a number does not print the zero that an identity of the first nine days of a month begins with. */
const LEAST_NATIONAL_ID = 1e9;

/** Whether a text, anywhere in it and with or without a space, or a whole number is a national identity. */
export function holdsNationalId(value: unknown): boolean {
  if (typeof value === 'number')
    return value >= LEAST_NATIONAL_ID && Number.isInteger(value) && isNationalId(String(value).padStart(11, '0'));
  if (typeof value !== 'string' || value.length < 11 || value.search(LIKE_NATIONAL_ID) < 0) return false;
  for (const [found] of value.matchAll(LIKE_NATIONAL_ID)) if (isNationalId(found.replace(/\s/, ''))) return true;
  return false;
}

// Serial numbers and frames may happen to look like a national id; they are the device's.
const DEVICE_TEXTS: ReadonlySet<string> = new Set(['serial', 'id', 'hex', 'key']);

// A device or gateway has a name of its own (the one it advertises).
const THINGS: ReadonlySet<string> = new Set(['device', 'gateway']);

function isIdentity(name: string, value: unknown, parent: string): boolean {
  if (isForbidden(name)) return !(name === 'name' && THINGS.has(parent));
  return isIdentityOf(name, value);
}

/** Whether the value of a field, or one of a list of them, is a national identity and not the device's. */
function isIdentityOf(name: string, value: unknown): boolean {
  return !DEVICE_TEXTS.has(name) && holdsNationalId(value);
}

// JSON of 256 KiB can nest a hundred thousand deep; beyond this nothing is looked at, and nothing of it is ever kept either.
const DEPTH_MAX = 32;

/** How many fields, and elements of lists, anywhere in a JSON value carry the identity of a person. */
export function countIdentity(value: unknown, parent = '', depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) count += isIdentityOf(parent, element) ? 1 : countIdentity(element, parent, depth + 1);
    return count;
  }
  const fields = value as JsonObject;
  // for-in, because this runs over every message and Object.entries makes an array for every field; JSON has no inherited fields.
  for (const name in fields) {
    const field = fields[name];
    if (isIdentity(name, field, parent)) count += 1;
    else if (typeof field === 'object') count += countIdentity(field, name, depth + 1);
  }
  return count;
}

function scrubbed(value: unknown, parent: string, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) {
    return value.filter((element) => !isIdentityOf(parent, element)).map((element) => scrubbed(element, parent, depth + 1));
  }
  const kept = Object.entries(value).filter(([name, field]) => !isIdentity(name, field, parent));
  return Object.fromEntries(kept.map(([name, field]) => [name, scrubbed(field, name, depth + 1)]));
}

/**
 * The payload as it may be kept: the same bytes, unless they are JSON with a person's name, birth date, national id or the like
 * (devices/README 5.2 `forbidden`), in which case those fields are gone and counted.
 */
export function withoutIdentity(payload: Uint8Array): { readonly payload: Uint8Array; readonly removed: number } {
  const parsed = parseJson(payload);
  if (!isObject(parsed) && !Array.isArray(parsed)) return { payload, removed: 0 };
  const removed = countIdentity(parsed);
  return removed === 0 ? { payload, removed } : { payload: new TextEncoder().encode(JSON.stringify(scrubbed(parsed, '', 0))), removed };
}
