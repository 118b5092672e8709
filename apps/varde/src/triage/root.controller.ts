import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from './access.js';

/** The bare address leads to the pages that say what can be asked here. */
@ApiExcludeController()
@Controller()
export class RootController {
  /** To the OpenAPI pages. Open: they describe the API and hold no data. */
  @Get()
  @Open()
  @Redirect('/docs', 302)
  root(): void {
    // The redirect is the whole answer.
  }
}
