#pragma once
// Messages and pages as HTML: readable on phones and in dark mode, without images, scripts or external resources. Pure.

#include "incidents/message_text.hpp"

namespace carillon::incidents {

[[nodiscard]] std::string alarm_html(std::span<const Item> items, const std::string& all_link, Time now);
[[nodiscard]] std::string closing_html(std::span<const Item> items, Time now);
/// `content` is HTML, `title` is text.
[[nodiscard]] std::string document(std::string_view title, std::string_view content);

// Sentences that text and HTML share.
[[nodiscard]] std::string since_text(const Item& item, Time now);
[[nodiscard]] std::string noticed_text(const Item& item, Time now);
[[nodiscard]] std::string reason_text(const Item& item);  ///< why this person gets it
[[nodiscard]] std::string next_text(const Item& item);    ///< who is notified next, and when
[[nodiscard]] std::string owner_text(const Item& item);   ///< who acknowledged it before; "" if no one did

}  // namespace carillon::incidents
