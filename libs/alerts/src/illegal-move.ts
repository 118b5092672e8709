/** A step that the episode's state does not allow, such as acknowledging what is closed. The API answers it with 409. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';

  constructor(
    readonly step: string,
    readonly state: string,
    because: string,
  ) {
    super(`${step} is not possible while ${state}: ${because}`);
  }
}
