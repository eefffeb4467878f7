# What ruby-client.test.ts runs: every method of the official Ruby library, on the installation whose host, port, server token and
# account token are the arguments. Ends with 0 where every check held, else with the first that did not.
require 'postmark'
require 'delegate'

HOST, PORT, SERVER_TOKEN, ACCOUNT_TOKEN = ARGV
FROM = 'ann@sender.test'.freeze
HARD = 'HardBounce@bounce-testing.postmarkapp.com'.freeze

# Notes what is called of the library.
class Recorded < SimpleDelegator
  attr_reader :called

  def initialize(client)
    super
    @called = []
  end

  def method_missing(name, *given, **more, &block)
    @called << name
    super
  end

  def respond_to_missing?(*) = true

  def untouched(except) = __getobj__.class.public_instance_methods(false) - @called - except
end

def check(what, got, wanted)
  return if wanted === got

  abort "#{what}: #{got.inspect} in place of #{wanted.inspect}"
end

def refused(what, code)
  yield
  abort "#{what}: nothing was raised"
rescue Postmark::ApiInputError => e
  check(what, e.error_code.to_i, code)
  e
end

def eventually(what, seconds = 10)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
  loop do
    found = yield
    return found if found
    abort "waited in vain for #{what}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.02
  end
end

OPTIONS = { host: HOST, port: PORT.to_i, secure: false, max_retries: 0 }.freeze
client = Recorded.new(Postmark::ApiClient.new(SERVER_TOKEN, **OPTIONS))
account = Recorded.new(Postmark::AccountApiClient.new(ACCOUNT_TOKEN, **OPTIONS))
message = { from: FROM, to: 'bob@example.net', subject: 'Hello', text_body: 'Hello.', tag: 'ruby' }

# Sending, and reading back.
sent = client.deliver(message.merge(cc: 'cc@example.net', metadata: { color: 'blue' }, track_opens: true,
                                    attachments: [{ name: 'a.txt', content: 'aGk=', content_type: 'text/plain' }]))
check 'deliver', sent[:error_code], 0
batch = client.deliver_in_batches([message, message.merge(to: ''), message.merge(from: 'a@foreign.test')])
check 'deliver_in_batches', batch.map { |one| one[:error_code] }, [0, 300, 400]
refused('no recipient', 300) { client.deliver(message.merge(to: '')) }
details = eventually('the message') do
  found = client.get_message(sent[:message_id]) rescue nil
  found if found && found[:message_events].size == 2
end
check 'details', [details[:status], details[:metadata], details[:attachments]], ['Sent', { 'color' => 'blue' }, ['a.txt']]
check 'dump', client.dump_message(sent[:message_id])[:body], /^Subject: Hello/
eventually('both messages') { client.get_messages_count(tag: 'ruby') == 2 }
check 'get_messages', client.get_messages(recipient: 'cc@example.net', count: 10).map { |one| one[:message_id] }, [sent[:message_id]]
check 'messages', client.messages(fromemail: FROM, todate: '2999-1-1').to_a.size, 2
check 'inbound', client.get_messages(inbound: true), []

# Bounces and suppressions.
client.deliver(message.merge(to: HARD))
bounce = eventually('the bounce') { client.get_bounces(count: 1, type: 'HardBounce').first }
check 'get_bounces', [bounce[:email], bounce[:inactive], bounce[:can_activate]], [HARD, true, true]
check 'bounces', client.bounces.to_a.size, 1
check 'get_bounce', client.get_bounce(bounce[:id])[:email], HARD
check 'dump_bounce', client.dump_bounce(bounce[:id])[:body], String
inactive = eventually('the suppression') do
  client.deliver(message.merge(to: HARD))
  nil
rescue Postmark::InactiveRecipientError => e
  e
end
# Versions to 1.22 look for the addresses at the start of a line, where the API had them once; newer ones as here.
check 'recipients of the error', inactive.message[/Found inactive addresses: (.+?)\. Inactive/, 1], HARD
check 'delivery_stats', client.delivery_stats[:inactive_mails], 1
check 'activate_bounce', client.activate_bounce(bounce[:id])[:inactive], false
check 'create_suppressions', client.create_suppressions('outbound', ['gone@example.net'])[:suppressions].size, 1
check 'dump_suppressions', client.dump_suppressions('outbound').map { |one| one[:suppression_reason] }, ['ManualSuppression']
check 'delete_suppressions', client.delete_suppressions('outbound', 'gone@example.net')[:suppressions].size, 1

# Templates.
made = client.create_template(name: 'N', alias: 'n', subject: 'To {{name}}', html_body: '<p>{{name}}</p>', text_body: '{{name}}')
check 'update_template', client.update_template('n', name: 'M')[:name], 'M'
check 'get_template', client.get_template(made[:template_id])[:subject], 'To {{name}}'
check 'get_templates', client.get_templates.first, 1
check 'templates', client.templates.to_a.size, 1
valid = client.validate_template(subject: '{{x}}', html_body: '{{#x}}', test_render_model: { x: 'y' })
check 'validate_template', [valid[:all_content_is_valid], valid[:subject][:rendered_content]], [false, 'y']
templated = { from: FROM, to: 'bob@example.net', template_alias: 'n', template_model: { name: 'Bob' } }
check 'deliver_with_template', client.deliver_with_template(templated)[:error_code], 0
check 'deliver_in_batches_with_templates', client.deliver_in_batches_with_templates([templated]).size, 1
check 'delete_template', client.delete_template('n')[:error_code], 0

# Streams, webhooks, rules, the server.
check 'create_message_stream', client.create_message_stream(name: 'News', id: 'news', message_stream_type: 'Broadcasts')[:id], 'news'
check 'update_message_stream', client.update_message_stream('news', description: 'Weekly')[:description], 'Weekly'
check 'get_message_stream', client.get_message_stream('news')[:name], 'News'
check 'get_message_streams', client.get_message_streams.map { |one| one[:id] }, %w[outbound broadcast inbound news]
check 'message_streams', client.message_streams.to_a.size, 4
check 'archive_message_stream', client.archive_message_stream('news')[:expected_purge_date], String
check 'unarchive_message_stream', client.unarchive_message_stream('news')[:archived_at], nil
hook = client.create_webhook(url: 'https://hooks.example.com/', triggers: { Bounce: { Enabled: true } })
check 'update_webhook', client.update_webhook(hook[:id], url: 'https://hooks.example.com/b')[:url], %r{/b$}
check 'get_webhook', client.get_webhook(hook[:id])[:message_stream], 'outbound'
check 'get_webhooks', client.get_webhooks.size, 1
check 'delete_webhook', client.delete_webhook(hook[:id])[:error_code], 0
rule = client.create_trigger(:inbound_rules, rule: 'spam@example.com')
check 'get_triggers', client.get_triggers(:inbound_rules).map { |one| one[:rule] }, ['spam@example.com']
check 'triggers', client.triggers(:inbound_rules).to_a.size, 1
check 'delete_trigger', client.delete_trigger(:inbound_rules, rule[:id])[:error_code], 0
check 'update_server_info', client.update_server_info(name: 'Renamed', color: 'red')[:name], 'Renamed'
check 'server_info', client.server_info[:color], 'red'

# Statistics, openings and clicks.
eventually('the counts') { client.get_stats_totals(tag: 'ruby')[:sent] == 4 }
check 'get_stats_counts', client.get_stats_counts(:sends, tag: 'ruby', fromdate: '2020-1-1')[:days].size, 1
check 'by type', client.get_stats_counts(:opens, type: 'emailclients')[:days], []
check 'lists', [client.get_opens, client.get_clicks, client.opens.to_a, client.clicks.to_a], [[], [], [], []]
check 'of a message', [client.get_opens_by_message_id(sent[:message_id]), client.get_clicks_by_message_id(sent[:message_id]),
                       client.opens_by_message_id(sent[:message_id]).to_a, client.clicks_by_message_id(sent[:message_id]).to_a], [[], [], [], []]

# The account.
server = account.create_server(name: 'Blog', color: 'Green')
check 'update_server', account.update_server(server[:id], name: 'Blog 2')[:name], 'Blog 2'
check 'get_server', account.get_server(server[:id])[:color], 'green'
check 'servers', [account.get_servers(name: 'blog').size, account.get_servers_count, account.servers.to_a.size], [1, 2, 2]
client.create_template(name: 'P', alias: 'p', subject: 'S', text_body: 'T')
pushed = account.push_templates(source_server_id: 1, destination_server_id: server[:id], perform_changes: false)
check 'push_templates', pushed.map { |one| one[:action] }, ['Create']
check 'delete_server', account.delete_server(server[:id])[:error_code], 0
domain = account.create_domain(name: 'brand.test')
check 'update_domain', account.update_domain(domain[:id], return_path_domain: 'rp.brand.test')[:return_path_domain], 'rp.brand.test'
check 'get_domain', account.get_domain(domain[:id])[:name], 'brand.test'
check 'domains', [account.get_domains.size, account.get_domains_count, account.domains.to_a.size].uniq.size, 1
check 'verify_domain_dkim', account.verify_domain_dkim(domain[:id])[:dkim_verified], false
check 'verify_domain_return_path', account.verify_domain_return_path(domain[:id])[:return_path_domain_verified], false
check 'verified_domain_spf?', account.verified_domain_spf?(domain[:id]), true
check 'text of 505', refused('rotate_domain_dkim', 505) { account.rotate_domain_dkim(domain[:id]) }.message, /already being renewed/
check 'delete_domain', account.delete_domain(domain[:id])[:error_code], 0
sender = account.create_sender(name: 'Ann', from_email: 'ann@single.test')
check 'update_sender', account.update_sender(sender[:id], name: 'Annie')[:name], 'Annie'
check 'get_sender', account.get_sender(sender[:id])[:email_address], 'ann@single.test'
check 'senders', [account.get_senders.size, account.get_senders_count, account.senders.to_a.size], [1, 1, 1]
check 'resend_sender_confirmation', account.resend_sender_confirmation(sender[:id])[:error_code], 0
check 'verified_sender_spf?', account.verified_sender_spf?(sender[:id]), true
refused('request_new_sender_dkim', 505) { account.request_new_sender_dkim(sender[:id]) }
check 'delete_sender', account.delete_sender(sender[:id])[:error_code], 0

begin
  Postmark::ApiClient.new('nope', **OPTIONS).server_info
  abort 'a wrong token was let in'
rescue Postmark::InvalidApiKeyError
  nil
end

# Those with `mail` objects need another library; `get_trigger` asks for what the API does not have; sizes are the
# client's own; signatures are other names for senders.
check 'methods that are left', client.untouched(%i[deliver_message deliver_message_with_template deliver_messages
                                                   deliver_messages_with_templates get_trigger max_batch_size max_batch_size=]), []
check 'methods of the account that are left', account.untouched(Postmark::AccountApiClient.instance_methods.grep(/signature/)), []
puts "every method of #{Postmark::VERSION} was called"
