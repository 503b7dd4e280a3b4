#pragma once
// A connection without TLS. Only for net.

#include "net/connection.hpp"

namespace carillon::net {

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(std::shared_ptr<Connection> connection, asio::thread_pool& disk);

}  // namespace carillon::net
