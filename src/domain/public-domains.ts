// Domains under which a mailbox provider gives addresses to everybody. Nobody but the provider can sign for them, their DMARC
// policies make receivers refuse mail from elsewhere, and an account must not claim them (contract management 3.3, code 503).
//
// A row is one provider. Names as they stand in addresses, lower case; a domain below one of them is refused too.

/** `domain` in lower-case A-label form. */
export function isPublicDomain(domain: string): boolean {
  for (let name = domain; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    if (PUBLIC.has(name)) return true;
  }
  return false;
}

export const PUBLIC_DOMAINS: readonly string[] = [
  'gmail.com googlemail.com',
  'outlook.com hotmail.com live.com msn.com passport.com outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.in',
  'outlook.com.br outlook.com.au outlook.co.id outlook.at outlook.be outlook.dk outlook.pt outlook.sa outlook.cl outlook.cz',
  'hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.nl hotmail.be hotmail.se hotmail.dk hotmail.no hotmail.fi',
  'hotmail.gr hotmail.ch hotmail.com.br hotmail.com.ar hotmail.com.tr hotmail.co.jp hotmail.ca',
  'live.co.uk live.fr live.de live.it live.nl live.be live.se live.dk live.no live.ca live.cn live.com.au live.com.mx live.jp',
  'yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.ca yahoo.in yahoo.co.in yahoo.co.id',
  'yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au yahoo.com.hk yahoo.com.tw yahoo.com.sg yahoo.com.vn yahoo.com.ph yahoo.gr',
  'yahoo.ie yahoo.no yahoo.se yahoo.dk yahoo.pl yahoo.ro yahoo.co.jp yahoo.co.nz yahoo.co.za yahoo.com.tr myyahoo.com',
  'aol.com aol.de aol.fr aol.it aol.co.uk aim.com netscape.net love.com games.com wow.com verizon.net',
  'icloud.com me.com mac.com',
  'comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com netzero.net optonline.net rr.com',
  'gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.org gmx.eu gmx.fr gmx.es gmx.co.uk web.de email.de mail.com email.com usa.com',
  't-online.de magenta.de freenet.de arcor.de vodafone.de online.de',
  'orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr aliceadsl.fr cegetel.net club-internet.fr',
  'libero.it virgilio.it tiscali.it alice.it tin.it tim.it inwind.it iol.it fastwebnet.it',
  'btinternet.com btopenworld.com virginmedia.com ntlworld.com blueyonder.co.uk sky.com talktalk.net tiscali.co.uk',
  'telenet.be skynet.be proximus.be ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl hetnet.nl chello.nl',
  'bluewin.ch hispeed.ch sunrise.ch chello.at aon.at',
  'seznam.cz email.cz centrum.cz post.cz volny.cz azet.sk centrum.sk zoznam.sk',
  'wp.pl o2.pl onet.pl onet.eu op.pl poczta.onet.pl vp.pl interia.pl interia.eu tlen.pl gazeta.pl poczta.fm',
  'mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru yandex.com yandex.ua yandex.by yandex.kz ya.ru rambler.ru ukr.net i.ua',
  'qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net 139.com 189.cn sina.com sina.cn sohu.com aliyun.com tom.com 21cn.com',
  'naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com',
  'rediffmail.com rediff.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com r7.com zipmail.com.br',
  'bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz telstra.com shaw.ca rogers.com sympatico.ca telus.net videotron.ca',
  'abv.bg mail.bg freemail.hu citromail.hu walla.co.il walla.com otenet.gr sapo.pt mynet.com luukku.com suomi24.fi',
  'fastmail.com fastmail.fm proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io tuta.com',
  'hey.com hushmail.com zohomail.com zohomail.eu zoho.com runbox.com posteo.de posteo.net mailbox.org mailfence.com disroot.org riseup.net',
  'mailinator.com guerrillamail.com 10minutemail.com yopmail.com sharklasers.com temp-mail.org trashmail.com maildrop.cc',
].flatMap((row) => row.split(' '));

const PUBLIC: ReadonlySet<string> = new Set(PUBLIC_DOMAINS);
