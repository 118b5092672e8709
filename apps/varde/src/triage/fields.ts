import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsDate, IsInt, IsString, Length, Matches, Max, MaxDate, Min, MinDate, ValidateIf } from 'class-validator';
import { EARLIEST, LATEST, readInstant } from '../instant.js';
import { PLAIN_WORDS } from '../plain-words.js';

function toInstant({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? (readInstant(value) ?? value) : value;
}

// Not class-transformer's own: Number(x) throws for an object that cannot be made text.
function toNumber({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? Number(value) : value;
}

/** Field that may be absent. Given as null it is refused: class-validator's own IsOptional would let null through unchecked. */
export function MayBeLeftOut(): PropertyDecorator {
  return ValidateIf((_, value: unknown) => value !== undefined);
}

function maybe(isOptional: boolean): PropertyDecorator[] {
  return isOptional ? [MayBeLeftOut()] : [];
}

/** Field of a request: an instant in ISO 8601 with its zone, which becomes a Date. */
export function Instant(description: string, isOptional = false): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date-time', description, required: !isOptional }),
    ...maybe(isOptional),
    Transform(toInstant),
    IsDate({ message: '$property must be an instant such as 2026-01-15T07:00:00Z' }),
    MinDate(EARLIEST),
    MaxDate(LATEST),
  );
}

/** Field of a request: a person's own words. */
export function Words(lengthMin: number, lengthMax: number, description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, minLength: lengthMin, maxLength: lengthMax, description, required: lengthMin > 0 }),
    ...maybe(lengthMin === 0),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsString(),
    Length(lengthMin, lengthMax),
    Matches(PLAIN_WORDS, { message: '$property must not hold control characters' }),
  );
}

/**
 * Field of a query, path or body: a whole number.
 * @param absent what it means when it may be left out: nothing, or the default that the class gives it
 */
export function Whole(
  min: number,
  max: number,
  description: string,
  absent?: { readonly optional: true } | { readonly default: number },
): PropertyDecorator {
  const isOptional = absent !== undefined;
  return applyDecorators(
    ApiProperty({
      type: 'integer',
      minimum: min,
      maximum: max,
      description,
      required: !isOptional,
      ...(isOptional && 'default' in absent ? { default: absent.default } : {}),
    }),
    ...maybe(isOptional),
    Transform(toNumber),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** Field of a query: true or false, spelled so. */
export function Truth(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: Boolean, description, required: false, default: false }),
    MayBeLeftOut(),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    IsBoolean(),
  );
}

/** Ids of table columns of type integer. */
export const ID_MAX = 2_147_483_647;
/** Ids of table columns of type bigint, as far as a number tells them apart. */
export const BIG_ID_MAX = Number.MAX_SAFE_INTEGER;

/** `:id` of a row in a table with ids of type integer. */
export class IdPath {
  @Whole(1, ID_MAX, 'id')
  id!: number;
}

/** `:id` of something there are more of than of patients, such as a task. */
export class BigIdPath {
  @Whole(1, BIG_ID_MAX, 'id')
  id!: number;
}

/** `:id` of an episode. */
export class EpisodePath {
  @Whole(1, BIG_ID_MAX, 'id of the episode')
  id!: number;
}
