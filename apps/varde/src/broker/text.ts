const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isForbidden = (code: number): boolean =>
  code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;

function areWideBytesAllowed(bytes: Uint8Array): boolean {
  try {
    for (const char of strictUtf8.decode(bytes)) if (isForbidden(char.codePointAt(0) ?? 0)) return false;
    return true;
  } catch {
    return false; // ill-formed, which includes the surrogates U+D800 to U+DFFF
  }
}

/**
 * Whether bytes are a string MQTT lets a server accept: well-formed UTF-8 without surrogates [MQTT-1.5.3-1], without U+0000
 * [MQTT-1.5.3-2], and without the control and non-characters on which section 1.5.3 lets a server close the connection.
 */
export function isTextAllowed(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte === 0x7f) return false;
    if (byte > 0x7f) return areWideBytesAllowed(bytes);
  }
  return true;
}

const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;

/** How many levels a topic has: one more than its slashes. */
export function topicLevels(bytes: Uint8Array): number {
  let levels = 1;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === SLASH) levels++;
  return levels;
}

/** Whether a topic contains + or #, which a PUBLISH may not [MQTT-3.3.2-2]. */
export function hasWildcard(bytes: Uint8Array): boolean {
  return bytes.includes(PLUS) || bytes.includes(HASH);
}

/** Whether the wildcards of a topic filter stand alone in their level and # comes last [MQTT-4.7.1-2] [MQTT-4.7.1-3]. */
export function areWildcardsInPlace(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== PLUS && byte !== HASH) continue;
    const startsLevel = at === 0 || bytes[at - 1] === SLASH;
    const isLast = at === bytes.length - 1;
    const endsLevel = isLast || (byte === PLUS && bytes[at + 1] === SLASH);
    if (!startsLevel || !endsLevel) return false;
  }
  return true;
}
