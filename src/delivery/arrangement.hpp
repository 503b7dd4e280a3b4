#pragma once
// An arrangement: the ordered pieces of audio that one listener gets, an episode with advertisements between its parts. Its name encodes
// everything that is needed to serve it and is signed, so every node serves it after any restart without looking anything up. Pure.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::delivery {

/// Bytes of a file of bare MP3 frames in the blob store. Starts and ends where a frame does.
struct Piece {
  Digest frames;
  ByteCount offset;
  ByteCount length;
  [[nodiscard]] bool operator==(const Piece&) const = default;
};

struct Arrangement {
  std::string episode;        ///< id
  Digest prefix;              ///< the episode's frozen tag and Info frame in the blob store
  Digest content;             ///< frames of the episode's master: pieces with other frames are inserted
  std::vector<Piece> pieces;  ///< in the order in which they are heard; not empty
  std::uint64_t mark = 0;     ///< gives arrangements with the same bytes different names, e.g. by who pays for them; 0: none
  [[nodiscard]] bool operator==(const Arrangement&) const = default;
  [[nodiscard]] ByteCount length() const noexcept;  ///< of all pieces
};

/// Signs names. Every node of an installation has the same one. Immutable; any thread.
struct NameKey {
  std::array<std::byte, 32> bytes{};
};

/// The key for names of an installation with this secret.
[[nodiscard]] NameKey name_key_of(std::string_view secret);

/// Names have to fit in URLs that apps, proxies and caches accept.
inline constexpr std::size_t kLongestName = 1000;  ///< characters
/// Different files of inserted audio: with more, a name could become too long.
inline constexpr std::size_t kMaxInsertedFiles = 12;
/// Each insertion adds two.
inline constexpr std::size_t kMaxPieces = 41;

/// base64url. The same arrangement has the same name, and a different one has a different name. `invalid` if it has no pieces, an empty one
/// or too many, or if its name would be too long.
[[nodiscard]] Result<std::string> name_of(const Arrangement& arrangement, const NameKey& key);

/// `not_found` for everything that name_of() didn't return with this key.
[[nodiscard]] Result<Arrangement> arrangement_from(std::string_view name, const NameKey& key);

}  // namespace carillon::delivery
