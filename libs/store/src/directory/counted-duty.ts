import { isClinician } from './people.js';

/**
 * SQL: the tables of the duty `d` that counts: of who works for the unit, may sign in and may act on episodes. Others may be on a roster, such as an
 * operator who is told there that the service is blind; they leave the unit without anybody.
 */
export const COUNTED_DUTY = `duty d
  join person_unit w on w.person_id = d.person_id and w.unit_id = d.unit_id
  join person n on n.id = d.person_id and ${isClinician('n')}`;
