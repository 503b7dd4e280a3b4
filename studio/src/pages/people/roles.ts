// Roles in a network, from most to least.
import type { Schemas } from '../../api/client';

export type Role = Schemas['Role'];
/** Those that are given. “ads” and “analyst” are for parts that don't exist yet: who has one of them keeps it. */
export const kRoles: Role[] = ['owner', 'manager', 'producer'];

/** The roles to choose from for somebody who has `own`. */
export const rolesFor = (own?: Role): Role[] => (own && !kRoles.includes(own) ? [...kRoles, own] : kRoles);
