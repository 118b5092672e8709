import { Community0001 } from './0001-community.js';
import { Readings0002 } from './0002-readings.js';
import { Episodes0003 } from './0003-episodes.js';

/** Every migration in order. Once landed, a migration is never edited. */
export const MIGRATIONS = [Community0001, Readings0002, Episodes0003];
