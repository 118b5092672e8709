import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** With `__Host-` a browser takes the cookie only over HTTPS, from this host itself, for the whole of it. */
const nameOf = (isSecure: boolean): string => (isSecure ? '__Host-varde_session' : 'varde_session');

/** The Set-Cookie line that hands a browser its token for `seconds`; 0 takes it away. */
export function sessionCookie(token: string, seconds: number, isSecure: boolean): string {
  const parts = [`${nameOf(isSecure)}=${token}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/** SHA-256 of a token: all that is kept of it. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

// 32 random bytes in base64url.
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Hash of the token a request brings, null when it brings none. */
export function tokenHashOf(request: Pick<Request, 'headers'>, isSecure: boolean): Buffer | null {
  const wanted = `${nameOf(isSecure)}=`;
  const given = request.headers.cookie?.split(';').map((each) => each.trim());
  const token = given?.find((each) => each.startsWith(wanted))?.slice(wanted.length);
  return token !== undefined && TOKEN.test(token) ? hashToken(token) : null;
}
