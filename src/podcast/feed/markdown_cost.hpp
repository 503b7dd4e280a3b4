#pragma once
// What Markdown would cost to parse, told from its bytes before cmark sees it: cmark 0.30 needs 6 s for 64 KiB of nested list markers and
// blank lines, and cannot be stopped. Pure.

#include "base/result.hpp"

#include <string_view>

namespace carillon::podcast {

/// `invalid`, with the end of a sentence (“has …”), when parsing could take more than about 50 ms of a processor. Linear.
[[nodiscard]] Result<> check_markdown_cost(std::string_view markdown);

/// Lists and quotes within each other.
inline constexpr std::size_t kDeepestContainers = 128;
/// Lines times the containers that may be open at each: every line is compared with all of them.
inline constexpr std::size_t kMaxContainerSteps = 1'000'000;
/// cmark 0.30 looks through all opening brackets of a paragraph for each image that holds a link (CVE-2023-22486).
inline constexpr std::size_t kMaxBrackets = 8192;

}  // namespace carillon::podcast
