import { Body, Controller, Get, HttpCode, Inject, Param, ParseIntPipe, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { changePasswordHash, changePerson, Invalid, readPeople, savePerson, type Database } from '@varde/store';
import { DATABASE } from '../provided.js';
import { Roles } from './access.js';
import { faultOfPassword, hashPassword } from './password.js';
import { MadeDto, NewPersonDto, PersonChangeDto, PersonDto } from './people.dto.js';

/** People who sign in: kept by administrators. */
@ApiTags('people')
@Roles('administrator')
@Controller('people')
export class PeopleController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Everyone who can or could sign in. */
  @Get()
  @ApiOperation({ summary: 'Everyone who can or could sign in, by username' })
  @ApiOkResponse({ type: [PersonDto] })
  list(): Promise<PersonDto[]> {
    return readPeople(this.database.dataSource.manager);
  }

  /** Adds a person. */
  @Post()
  @ApiOperation({ summary: 'Add a person' })
  async add(@Body() body: NewPersonDto): Promise<MadeDto> {
    const { password, ...person } = body;
    const passwordHash = await this.hashed(password);
    return { id: await savePerson(this.database.dataSource.manager, { ...person, passwordHash }, new Date()) };
  }

  /** Changes roles, employer, units, password, or whether they may sign in. */
  @Patch(':id')
  @HttpCode(204)
  @ApiOperation({ summary: "Change a person's roles, employer, units or password, or whether they may sign in" })
  async change(
    @Param('id', ParseIntPipe) id: number,
    @Body() { roles, unitIds, organisationId, active, password }: PersonChangeDto,
  ): Promise<void> {
    const passwordHash = password === undefined ? undefined : await this.hashed(password);
    const now = new Date();
    await this.database.dataSource.transaction(async (tx) => {
      if (passwordHash !== undefined) await changePasswordHash(tx, id, passwordHash);
      await changePerson(tx, id, { roles, unitIds, organisationId, active }, now);
    });
  }

  private async hashed(password: string): Promise<string> {
    const fault = faultOfPassword(password);
    if (fault !== null) throw new Invalid([fault]);
    return hashPassword(password);
  }
}
