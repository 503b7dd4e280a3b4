// Roles in a network, from most to least.
import type { Schemas } from '../../api/client';

export type Role = Schemas['Role'];
export const kRoles: Role[] = ['owner', 'manager', 'producer', 'analyst'];
/** The same with the one that somebody has, even if it's no longer offered: “ads” is for campaigns, which there aren't yet. */
export const rolesWith = (own: Role | undefined): Role[] => (own && !kRoles.includes(own) ? [...kRoles, own] : kRoles);
