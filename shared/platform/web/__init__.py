"""What every service's pages and HTTP interface have in common: shell, sessions, problem documents, logs.

Services build their application with `service.create_service_app`, answer errors by raising the problems of `problems`,
and draw pages with `pages.render`.
"""
