// Roles in a network, from most to least.
import type { Schemas } from '../../api/client';

export type Role = Schemas['Role'];
export const kRoles: Role[] = ['owner', 'manager', 'producer', 'ads', 'analyst'];
