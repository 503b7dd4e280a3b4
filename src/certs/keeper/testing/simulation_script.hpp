#pragma once
// What happens to the simulated world, and when: one line for each thing, so that a run can be told, kept and changed.

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs::testing {

/// What goes wrong with a name.
enum class Trouble {
  none,
  missing,    ///< it does not resolve
  elsewhere,  ///< it leads to somebody else's server
};

enum class Moment { between, before, after };  ///< of two steps; of a request: before, or after the CA has acted

struct Happening {
  enum class Kind {
    limit,      ///< the CA answers every new order with 429 for `lasts`, asking for `pause`
    ca_down,    ///< nobody answers at `ca`, or at both, for `lasts`
    nodes_off,  ///< both nodes are off for `lasts`
    kill,       ///< one node loses its memory and is back after `lasts`
    breaks,     ///< `share` of the names are in `trouble` for `lasts` (zero: for ever)
    revoke,     ///< the CA revokes the certificates that `share` of the names serve
  };
  Duration at{};
  Kind kind = Kind::kill;
  Duration lasts{};
  Duration pause{};
  int node = 0;
  std::optional<std::size_t> ca{};  ///< none: both
  Moment moment = Moment::between;
  std::string request;  ///< the part of the path that the kill waits for: "new-order"
  double share = 0;
  Trouble trouble = Trouble::none;
};

/// Lines of "AT WHAT …", "#" to the end of a line is a comment; AT and spans are "5s", "30m", "8h", "3d" or sums of these ("3d12h"):
///   AT limit FOR RETRY-AFTER
///   AT ca-down FOR [first|second]
///   AT nodes-off FOR
///   AT kill a|b between|before:REQUEST|after:REQUEST DOWN
///   AT break SHARE% missing|elsewhere [FOR]
///   AT revoke SHARE%
/// `invalid` names the line and what is wrong with it. The answer is in the order of time.
[[nodiscard]] Result<std::vector<Happening>> read_script(std::string_view text);

/// The script of a run of `length`: one account limit; both CAs down for 3 days, the first for 10, the second for 20; both nodes off for 2
/// days; `kills` kills, spread over the run. 2 % of the names are broken: half of them from the start and half later, and of each half, one
/// part stays broken and the other for 40 days.
[[nodiscard]] std::vector<Happening> usual_script(std::uint64_t seed, Duration length, int kills);

/// A span as a script spells it.
[[nodiscard]] Result<Duration> read_span(std::string_view text);

}  // namespace carillon::certs::testing
