// Whether fingers are what is at hand: nobody drops files then.
export const touch = matchMedia('(hover: none) and (pointer: coarse)').matches;
